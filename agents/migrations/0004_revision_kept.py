"""A revision that agents were made from stays."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("agents", "0003_catalogue_entries")]

    operations = [
        migrations.AlterField(
            model_name="agent",
            name="revision",
            field=models.ForeignKey(
                blank=True,
                help_text="What it was made from; a newer revision changes nothing until it is chosen.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="agents",
                to="agents.templaterevision",
            ),
        ),
    ]
