"""Who could be asked instead of an agent that cannot answer."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("agents", "0004_revision_kept"), ("giint", "0002_nouns")]

    operations = [
        migrations.AddField(
            model_name="run",
            name="offered",
            field=models.ForeignKey(
                blank=True,
                help_text="Who could be asked instead of an agent that cannot answer.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="agents.agent",
            ),
        ),
    ]
